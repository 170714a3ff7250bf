"""`python -m minzheng.cli` is the same as `minzheng`."""

from minzheng.cli import main

raise SystemExit(main())

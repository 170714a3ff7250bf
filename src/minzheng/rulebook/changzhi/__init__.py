"""Rules of Changzhi and its counties: what the city adds to or changes in the wider layers."""

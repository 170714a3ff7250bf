"""minzheng: a civil-affairs platform where the law is code, once."""

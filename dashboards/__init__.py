"""What people look at: the web pages and their API."""

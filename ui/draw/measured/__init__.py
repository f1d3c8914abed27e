"""What the server has measured about the methods, before anybody draws."""

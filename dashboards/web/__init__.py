"""The live page and the HTTP API: who is watching, in numbers that say which number they are."""

"""The report's page: what is in a report, its words in two languages, its charts."""

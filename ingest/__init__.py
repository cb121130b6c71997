"""The collector: from what players send to reports on durable storage."""

"""The service that takes tasks: FastAPI in front of PostgreSQL and SQS."""

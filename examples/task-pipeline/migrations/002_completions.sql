-- How often a task was completed: once, however often SQS delivers its message.
ALTER TABLE tasks ADD COLUMN completions integer NOT NULL DEFAULT 0;

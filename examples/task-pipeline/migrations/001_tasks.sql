CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    result jsonb,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz
);

CREATE INDEX tasks_unsent ON tasks (created_at) WHERE sent_at IS NULL;
CREATE INDEX tasks_by_status ON tasks (status, created_at);

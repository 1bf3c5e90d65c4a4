"""One step: everything that it takes to execute a job, without a database."""

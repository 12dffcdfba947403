//! Discovery, settings, the database, parallelism and delivery: the library every front end calls

//! Programs that nobody here wrote read what the writer writes.

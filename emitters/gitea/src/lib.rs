//! Application repositories and the system repositories

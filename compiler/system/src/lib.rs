//! The only door to the file system, processes and the clock

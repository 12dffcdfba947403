//! Suites that run the compiler from outside

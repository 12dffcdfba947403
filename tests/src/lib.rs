//! Suites that run the compiler from outside. The tests are in `it/`.

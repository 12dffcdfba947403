//! Rules over the program, one file a rule

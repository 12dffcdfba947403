//! Edits and the formatter on texts made at random: the data is as expected, the comments are all there.

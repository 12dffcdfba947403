//! Windows: the few lines of a file that labels need, cut to size before they are laid out.
//!
//! The layout (annotate-snippets) takes time with each line and character it is given, and shows all of a span however long. So labels
//! that stand near each other share a window, labels far apart get windows of their own, and a line much longer than the terminal is cut
//! on both sides. Hidden characters become visible here, which moves everything behind them; the window therefore carries the position
//! that it stands for, and nobody computes one from its text.

use super::sources::{File, Region};
use super::visible;
use catalyst_source::LineCol;
use std::ops::Range;

/// A label in a file.
#[derive(Clone)]
pub(super) struct Mark {
    /// What it underlines.
    pub(super) region: Region,
    /// What it says, in visible form.
    pub(super) text: String,
    /// Whether it is the cause.
    pub(super) primary: bool,
}

/// Lines of a file with their labels.
pub(super) struct Window {
    /// The position to show above the lines: that of the cause, else of the first label.
    pub(super) at: LineCol,
    /// Number of the first line.
    pub(super) line: u32,
    /// The lines in visible form.
    pub(super) text: String,
    /// The labels: bytes of `text`, what it says, whether it is the cause.
    pub(super) marks: Vec<(Range<usize>, String, bool)>,
}

/// A label over more lines than this is shown on its first line only.
const MOST_LINES: u32 = 60;
/// Labels with more lines between them are shown apart.
const MOST_BETWEEN: u32 = 60;
/// What the gutter and the layout's own padding take from the width of the terminal.
const FRAME: u32 = 24;

/// Cuts the windows for the labels of one file; the one with the cause comes first, then by position.
pub(super) fn windows(file: &File, marks: Vec<Mark>, width: usize) -> Vec<Window> {
    let width = u32::try_from(width).unwrap_or(u32::MAX).clamp(2 * FRAME, 1 << 16);
    let reach = width - FRAME;
    let mut marks: Vec<(Region, Mark)> =
        marks.into_iter().map(|mark| (shown(file, mark.region, reach), mark)).collect();
    marks.sort_by_key(|(shown, _)| (shown.start, shown.end));
    let mut clusters: Vec<Cluster> = Vec::new();
    for (shown, mark) in marks {
        match clusters.last_mut().filter(|cluster| cluster.holds(shown, reach)) {
            Some(cluster) => cluster.add(shown, mark),
            None => clusters.push(Cluster::new(shown, mark)),
        }
    }
    clusters.sort_by_key(|cluster| !cluster.marks.iter().any(|(_, mark)| mark.primary));
    clusters.into_iter().map(|cluster| cluster.cut(file, width)).collect()
}

/// The part of a region that is worth showing: of many lines, or of lines that don't fit beside each other, only the first.
fn shown(file: &File, region: Region, reach: u32) -> Region {
    let Region { start, end } = region;
    let many = end.line - start.line > MOST_LINES;
    let wide = start.column > reach || end.column > reach;
    if start.line == end.line || !(many || wide) {
        return region;
    }
    let line = file.index.line_span(&file.text, start.line);
    Region { start, end: file.index.line_col(&file.text, line.end).max(start) }
}

/// Labels that are shown together.
struct Cluster {
    /// What is shown of each label, and the label.
    marks: Vec<(Region, Mark)>,
    /// Last line.
    last: u32,
    /// Least and greatest column that must be seen.
    columns: (u32, u32),
}

/// The columns of a region that must be seen. The end of a region within one line may be cut off.
fn columns(Region { start, end }: Region) -> (u32, u32) {
    let other = if start.line == end.line { start.column } else { end.column };
    (start.column.min(other), start.column.max(other))
}

impl Cluster {
    fn new(shown: Region, mark: Mark) -> Self {
        Cluster { marks: vec![(shown, mark)], last: shown.end.line, columns: columns(shown) }
    }

    fn holds(&self, shown: Region, reach: u32) -> bool {
        let (low, high) = self.with(shown);
        shown.start.line.saturating_sub(self.last) <= MOST_BETWEEN && high - low <= reach
    }

    fn with(&self, shown: Region) -> (u32, u32) {
        let (low, high) = columns(shown);
        (self.columns.0.min(low), self.columns.1.max(high))
    }

    fn add(&mut self, shown: Region, mark: Mark) {
        self.columns = self.with(shown);
        self.last = self.last.max(shown.end.line);
        // Two labels on the same lines would hide the start of the region from the layout.
        let twin =
            self.marks.iter_mut().find(|(other, _)| *other == shown && other.start.line < other.end.line);
        match twin {
            Some((_, twin)) => {
                let between = if twin.text.is_empty() || mark.text.is_empty() { "" } else { "; " };
                twin.text = format!("{}{between}{}", twin.text, mark.text);
                if mark.primary {
                    (twin.primary, twin.region) = (true, mark.region);
                }
            }
            None => self.marks.push((shown, mark)),
        }
    }

    /// Writes the lines. What lies far to the left or right of the labels is left out. More remains than fits the terminal, so the layout
    /// cuts once more and marks its cut.
    fn cut(self, file: &File, width: u32) -> Window {
        let skipped = if self.columns.0 > 2 * width { self.columns.0 - width } else { 0 };
        let end = skipped + 4 * width;
        let cause = self.marks.iter().find(|(_, mark)| mark.primary).or(self.marks.first());
        let at = cause.map_or(LineCol { line: 1, column: 1 }, |(_, mark)| mark.region.start);
        let line = self.marks.first().map_or(at.line, |(shown, _)| shown.start.line);
        let mut window = Window { at, line, text: String::new(), marks: Vec::new() };
        window.marks.extend(self.marks.iter().map(|(_, mark)| (0..0, mark.text.clone(), mark.primary)));
        for number in line..=self.last {
            if number > line {
                window.text.push('\n');
            }
            let offsets = write_line(&mut window.text, file, number, skipped..end);
            // Within a line a label ends where the terminal does, seen from the leftmost label: the layout would show all of it.
            let right = self.columns.0 + width - FRAME;
            let offset = |column: u32| {
                let at = column.saturating_sub(1).saturating_sub(skipped) as usize;
                offsets.get(at).or(offsets.last()).copied().unwrap_or(0)
            };
            for ((shown, _), (range, ..)) in self.marks.iter().zip(&mut window.marks) {
                if shown.start.line == number {
                    *range = offset(shown.start.column)..offset(shown.start.column);
                }
                if shown.end.line == number {
                    let limit = right.max(shown.start.column.saturating_add(1));
                    let column = if shown.start.line == number {
                        shown.end.column.min(limit)
                    } else {
                        shown.end.column
                    };
                    range.end = offset(column).max(range.start);
                }
            }
        }
        window
    }
}

/// Appends the columns (from 0) of a line in visible form; gives the offset of each column and of the end.
fn write_line(out: &mut String, file: &File, number: u32, columns: Range<u32>) -> Vec<usize> {
    let start = out.len();
    let line = &file.text[file.index.line_span(&file.text, number).range()];
    let mut offsets = Vec::new();
    let mut chars = line.chars().skip(columns.start as usize);
    for c in chars.by_ref().take(columns.len()) {
        offsets.push(out.len());
        visible::push(out, c);
    }
    offsets.push(out.len());
    if chars.next().is_some() {
        out.push_str("...");
    }
    // The layout does not count an empty line at the end of its text, unless that is all.
    if out.len() == start && start > 0 {
        out.push(' ');
    }
    offsets
}

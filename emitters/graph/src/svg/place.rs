//! Where every vertex stands.

use super::layout::Layout;

/// Height of a node.
pub(super) const HEIGHT: f64 = 38.0;
/// Space between two nodes of a column.
const GAP: f64 = 12.0;
/// Space that a passing line keeps to what is above and below.
const LINE: f64 = 7.0;
/// Rounds of straightening.
const ROUNDS: usize = 16;

/// Middle of each vertex from the top, the topmost edge of all being 0.
pub(super) fn rows(layout: &Layout<'_>) -> Vec<f64> {
    let mut y = vec![0.0; layout.vertices.len()];
    for column in &layout.layers {
        let mut at = 0.0;
        for (below, &vertex) in column.iter().enumerate() {
            at += if below == 0 { 0.0 } else { distance(layout, column[below - 1], vertex) };
            y[vertex] = at;
        }
    }
    for round in 0..ROUNDS {
        for step in 0..layout.layers.len() {
            let column = if round % 2 == 0 { step } else { layout.layers.len() - 1 - step };
            straighten(layout, column, &mut y, round);
        }
    }
    let top = layout.vertices.iter().zip(&y).map(|(_, y)| y - HEIGHT / 2.0).fold(f64::INFINITY, f64::min);
    if top.is_finite() {
        y.iter_mut().for_each(|y| *y -= top);
    }
    y
}

fn distance(layout: &Layout<'_>, above: usize, below: usize) -> f64 {
    let half = |vertex: usize| if layout.vertices[vertex].node.is_some() { HEIGHT / 2.0 } else { 0.0 };
    let gap = match (layout.vertices[above].node, layout.vertices[below].node) {
        (Some(_), Some(_)) => GAP,
        _ => LINE,
    };
    half(above) + gap + half(below)
}

/// Moves a column as near to its neighbours as order and distances allow: least squares under a fixed order, which is isotonic
/// regression once the distances are taken off (pool adjacent violators).
fn straighten(layout: &Layout<'_>, column: usize, y: &mut [f64], round: usize) {
    struct Block {
        sum: f64,
        weight: f64,
        count: usize,
    }
    let vertices = &layout.layers[column];
    let mut blocks: Vec<Block> = Vec::with_capacity(vertices.len());
    let mut offsets = Vec::with_capacity(vertices.len());
    let mut offset = 0.0;
    for (at, &vertex) in vertices.iter().enumerate() {
        offset += if at == 0 { 0.0 } else { distance(layout, vertices[at - 1], vertex) };
        offsets.push(offset);
        let (wanted, weight) = wanted(layout, vertex, y, round);
        let mut block = Block { sum: (wanted - offset) * weight, weight, count: 1 };
        while let Some(above) = blocks.last() {
            if above.sum / above.weight <= block.sum / block.weight {
                break;
            }
            block.sum += above.sum;
            block.weight += above.weight;
            block.count += above.count;
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut placed = vertices.iter().zip(offsets);
    for block in blocks {
        for (&vertex, offset) in placed.by_ref().take(block.count) {
            y[vertex] = block.sum / block.weight + offset;
        }
    }
}

/// Where a vertex would like to be, and how much: the mean of its neighbours in the direction of the sweep, of all of them at last. Lines
/// want it more than nodes, since a bend in a line is what the eye stumbles over.
fn wanted(layout: &Layout<'_>, vertex: usize, y: &[f64], round: usize) -> (f64, f64) {
    let (before, behind) = (&layout.before[vertex], &layout.behind[vertex]);
    let around: Vec<f64> = match round {
        _ if round + 4 >= ROUNDS => before.iter().chain(behind).map(|&it| y[it]).collect(),
        _ if round.is_multiple_of(2) => before.iter().map(|&it| y[it]).collect(),
        _ => behind.iter().map(|&it| y[it]).collect(),
    };
    if around.is_empty() {
        return (y[vertex], 0.2);
    }
    let weight = if layout.vertices[vertex].node.is_some() { 1.0 } else { 2.0 };
    (around.iter().sum::<f64>() / around.len() as f64, weight)
}

//! The order of vertices in each column: few crossings.

use super::layout::Layout;

/// Sweeps to and fro this often; more has not made any drawing better.
const SWEEPS: usize = 24;

/// Barycenter ordering: each column is sorted by the mean position of its neighbours, first in one direction, then in the other. Ties keep
/// their order, so that the result depends on nothing but the graph. The best of all sweeps stays.
pub(super) fn order(layout: &mut Layout<'_>) {
    let mut best = layout.layers.clone();
    let mut fewest = crossings(layout);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let count = layout.layers.len();
        for step in 1..count {
            let (column, from) =
                if sweep % 2 == 0 { (step, step - 1) } else { (count - 1 - step, count - step) };
            sort(layout, column, from);
        }
        let now = crossings(layout);
        if now < fewest {
            fewest = now;
            best.clone_from(&layout.layers);
        }
    }
    layout.layers = best;
}

/// Sorts a column by its neighbours in the column `from`. A vertex without any keeps its relative place.
fn sort(layout: &mut Layout<'_>, column: usize, from: usize) {
    let position = positions(layout, from);
    let neighbours = if from < column { &layout.before } else { &layout.behind };
    let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(layout.layers[column].len());
    let mut last = 0.0;
    for &vertex in &layout.layers[column] {
        let around = &neighbours[vertex];
        if !around.is_empty() {
            last = around.iter().map(|&it| position[it] as f64).sum::<f64>() / around.len() as f64;
        }
        keyed.push((last, vertex));
    }
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    layout.layers[column] = keyed.into_iter().map(|(_, vertex)| vertex).collect();
}

/// Position of each vertex of a column, by vertex.
fn positions(layout: &Layout<'_>, column: usize) -> Vec<usize> {
    let mut position = vec![0; layout.vertices.len()];
    for (at, &vertex) in layout.layers[column].iter().enumerate() {
        position[vertex] = at;
    }
    position
}

/// Pairs of steps that cross, over all columns.
fn crossings(layout: &Layout<'_>) -> usize {
    let mut count = 0;
    for column in 1..layout.layers.len() {
        let position = positions(layout, column);
        let mut ends: Vec<usize> = Vec::new();
        for &left in &layout.layers[column - 1] {
            let mut own: Vec<usize> = layout.behind[left].iter().map(|&right| position[right]).collect();
            own.sort_unstable();
            for end in &own {
                count += ends.iter().filter(|known| *known > end).count();
            }
            ends.extend(own);
        }
    }
    count
}

//! How fast the reader and the writer are on a text given on standard input, next to the bare event parser and to JSON.
//!
//! `cat *.yaml | cargo run --release -p catalyst-yaml --example speed`
//!
//! The megabytes a second are this machine's; the ratios, all of one run, are what can be compared.
#![expect(clippy::print_stdout, reason = "a measuring command")]

use std::hint::black_box;
use std::time::Instant;

use catalyst_yaml::{Dialect, format, parse, write_into};

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).expect("UTF-8 on standard input");
    let documents = parse(&text).documents;
    let values: Vec<_> = documents.iter().map(|document| document.to_value(Dialect::Strict).0).collect();
    let written: usize = values.iter().map(|value| catalyst_yaml::write(value).len()).sum();
    println!("{} documents, {} bytes read, {written} bytes written", documents.len(), text.len());

    let base = measure("events", text.len(), None, || {
        let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
        black_box(granit_parser::Parser::new_from_str_with_options(&text, options).count());
    });
    measure("parse", text.len(), Some(base), || {
        black_box(parse(&text));
    });
    measure("parse and value", text.len(), Some(base), || {
        for document in parse(&text).documents {
            black_box(document.to_value(Dialect::Kubernetes));
        }
    });
    measure("format", text.len(), Some(base), || {
        black_box(format::format(&text)).ok();
    });
    let json = measure("JSON writer", written, None, || {
        for value in &values {
            black_box(value.to_string());
        }
    });
    let mut out = String::new();
    measure("write", written, Some(json), || {
        for value in &values {
            out.clear();
            write_into(&mut out, value, 0);
            black_box(&out);
        }
    });
}

/// Prints the best of several runs, in megabytes a second and as a ratio to another measurement.
fn measure(name: &str, bytes: usize, base: Option<f64>, mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    let speed = bytes as f64 / 1e6 / best;
    let ratio = base.map_or_else(String::new, |base| format!("  {:.2}", speed / base));
    println!("{name:16} {speed:8.1} MB/s{ratio}");
    speed
}

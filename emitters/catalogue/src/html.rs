//! The catalogue as one page of HTML: all Blueprints are in it as text, style and script are inside, and nothing is loaded. Without its
//! script it is a list to read; the script searches, filters, and opens what an address names.

use crate::MARK;
use crate::blocks::{Block, Line, Span};
use crate::index::{OUTSIDE, by_category, by_tier};
use crate::page;
use crate::value::{Catalogue, Entry};
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page.
pub(crate) fn page(catalogue: &Catalogue) -> String {
    let tiers = by_tier(&catalogue.blueprints);
    let name = escape(&catalogue.project);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<!-- {MARK} -->\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n\
         <title>Catalogue of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#list\">To the Blueprints</a>\n<header>\n<h1>Catalogue of {name}</h1>\n\
         <form role=\"search\" hidden>\n\
         <label>Search <input id=\"search\" type=\"search\" autocomplete=\"off\"></label>\n",
    );
    select("tier", "Layer", tiers.iter().map(|(tier, _)| tier.as_str()), &mut out);
    select("category", "Category", by_category(&catalogue.blueprints).into_keys(), &mut out);
    let _ = write!(
        out,
        "<label class=\"check\"><input id=\"runs\" type=\"checkbox\"> Runs in a Sovereign</label>\n</form>\n\
         <p id=\"count\" role=\"status\" aria-live=\"polite\">{} Blueprints</p>\n</header>\n<main id=\"list\">\n",
        catalogue.blueprints.len(),
    );
    for (tier, entries) in &tiers {
        let _ = writeln!(out, "<section>\n<h2>{}</h2>", escape(tier));
        for it in entries {
            entry(it, &mut out);
        }
        out.push_str("</section>\n");
    }
    out.push_str("<p id=\"none\" hidden>No Blueprint fits.</p>\n</main>\n");
    if !catalogue.kit.nodes.is_empty() {
        let drawing = catalyst_graph::svg(&catalogue.kit);
        let _ = writeln!(
            out,
            "<section class=\"graph\">\n<h2>What needs what in the kit</h2>\n<div tabindex=\"0\" role=\"region\" aria-label=\"Graph of the kit\">\n{}\n</div>\n</section>",
            drawing.trim()
        );
    }
    let _ = write!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn select<'a>(id: &str, label: &str, words: impl Iterator<Item = &'a str>, out: &mut String) {
    let _ = writeln!(out, "<label>{label} <select id=\"{id}\"><option value=\"\">all</option>");
    for word in words {
        let _ = writeln!(out, "<option>{}</option>", escape(word));
    }
    out.push_str("</select></label>\n");
}

/// One Blueprint, closed until somebody opens it.
fn entry(it: &Entry, out: &mut String) {
    let tier = it.slot.as_ref().map_or(OUTSIDE, |slot| &slot.tier);
    let slot = it.slot.as_ref().map(|slot| format!("<span class=\"slot\">{}</span> ", escape(&slot.id)));
    let words = [&it.name, &it.title, &it.summary, &it.catalogue, it.family.as_ref().unwrap_or(&it.name)];
    let words: Vec<String> = words.into_iter().chain(&it.tags).map(|word| word.to_lowercase()).collect();
    let _ = writeln!(
        out,
        "<details class=\"blueprint\" id=\"{}\" data-tier=\"{}\" data-category=\"{}\"{} data-words=\"{}\">\n\
         <summary>{}<strong>{}</strong> <code>{}</code> <span class=\"version\">{}</span> <span class=\"about\">{}</span></summary>",
        escape(&it.id),
        escape(tier),
        escape(it.category()),
        if it.runs() { " data-runs" } else { "" },
        escape(&words.join(" ")),
        slot.unwrap_or_default(),
        escape(&it.title),
        escape(&it.id),
        escape(&it.version),
        escape(it.category()),
    );
    for block in page::page(it) {
        print(&block, out);
    }
    out.push_str("</details>\n");
}

fn print(block: &Block, out: &mut String) {
    let _ = match block {
        Block::Heading(text) => writeln!(out, "<h3>{}</h3>", escape(text)),
        Block::Paragraph(parts) => writeln!(out, "<p>{}</p>", line(parts)),
        Block::Facts(facts) => {
            out.push_str("<dl>\n");
            for (name, parts) in facts {
                let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escape(name), line(parts));
            }
            writeln!(out, "</dl>")
        }
        Block::Table(columns, rows) => {
            out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
            for column in columns {
                let _ = write!(out, "<th scope=\"col\">{}</th>", escape(column));
            }
            out.push_str("</tr></thead>\n<tbody>\n");
            for row in rows {
                out.push_str("<tr>");
                for cell in row {
                    let _ = write!(out, "<td>{}</td>", line(cell));
                }
                out.push_str("</tr>\n");
            }
            writeln!(out, "</tbody>\n</table></div>")
        }
    };
}

fn line(parts: &Line) -> String {
    parts.iter().map(span).collect()
}

fn span(part: &Span) -> String {
    match part {
        Span::Text(text) => escape(text),
        Span::Code(text) => format!("<code>{}</code>", escape(text)),
        Span::Page(id, text) => format!("<a href=\"#{}\"><code>{}</code></a>", escape(id), escape(text)),
        Span::Address(address) => {
            format!("<a href=\"{0}\" rel=\"noreferrer\">{0}</a>", escape(address))
        }
    }
}

/// Text that no browser takes for markup, inside elements and quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

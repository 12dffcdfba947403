//! `mutable-image`: an image has a tag, and the tag is not `latest`: what runs tomorrow is what was tested today.

use crate::ChartSubject;
use crate::template::{Piece, documents, lines, value_of};
use crate::walk::nodes;
use catalyst_diag::{Diagnostic, Place, rule};

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (place, values) in subject.trees() {
        nodes(values, &mut |trail, value| {
            let Some(map) = value.as_object() else { return };
            // The list of images at the top of the values, by role.
            let is_list = trail.key() == Some("images");
            // Where the tag has a key of its own, the image needs none.
            let is_split = ["tag", "imageTag", "digest", "version"].iter().any(|key| map.contains_key(*key));
            for (key, value) in map {
                let Some(text) = value.as_str() else { continue };
                let why = match key.as_str() {
                    "tag" | "imageTag" if text == "latest" => Some(LATEST.to_owned()),
                    "image" if !is_split => fault(text),
                    _ if is_list => fault(text),
                    _ => None,
                };
                out.extend(why.map(|why| found(place.below(&trail.path().key(key)), why)));
            }
        });
    }
    for (file, text) in subject.templates {
        for line in documents(text).iter().flat_map(lines) {
            let Some(image) = value_of(&line, "image") else { continue };
            let bare = image.text.trim_matches(['"', '\'']);
            // What is made of values is seen in the values; what is written out behind it is seen here.
            let bare = bare.rsplit_once("}}").map_or(bare, |(_, rest)| rest);
            if let Some(why) = fault(bare) {
                let Piece { text, .. } = image;
                out.push(found(Place::bytes(file, image.span(0, text.len())), why));
            }
        }
    }
}

const LATEST: &str = "the tag `latest` is another image every day";

fn found(place: Place, why: String) -> Diagnostic {
    Diagnostic::new(&rule::MUTABLE_IMAGE, place, why).help("name the tag of a release, or a digest")
}

/// What is wrong with a reference; nothing with what is none.
fn fault(image: &str) -> Option<String> {
    if image.is_empty() || image.contains('@') || image.contains(char::is_whitespace) {
        return None;
    }
    let (path, name) = image.rsplit_once('/').map_or(("", image), |(path, name)| (path, name));
    match name.split_once(':') {
        Some((_, "latest")) => Some(LATEST.to_owned()),
        Some(_) => None,
        // One word may be a name that is put together with others.
        None if path.is_empty() => None,
        None => Some(format!("image `{image}` has no tag, which means `latest`")),
    }
}

#[cfg(test)]
mod tests {
    use super::{check, fault};
    use crate::testing::chart_of;
    use serde_json::{Value, json};

    #[test]
    fn lists_of_images_and_what_is_handed_over_are_read() {
        let stamp = |image| json!({ "catalystBlueprint": { "upstream": { "images": { "web": image } } } });
        assert_eq!(chart_of(check, stamp("docker.io/library/web:1"), Value::Null, &[]).len(), 0);
        assert_eq!(chart_of(check, stamp("docker.io/library/web:latest"), Value::Null, &[]).len(), 1);
        let handed = json!({ "web": { "image": { "tag": "latest" } } });
        assert_eq!(chart_of(check, Value::Null, handed, &[]).len(), 1);
    }

    #[test]
    fn references_have_a_tag_or_a_digest() {
        for right in ["", "nginx", "r/a:1", "r:5000/a/b:v1.2", "r/a@sha256:00", "a b", "{{ x }}:1"] {
            assert_eq!(fault(right), None, "{right}");
        }
        for wrong in ["r/a", "r:5000/a", "r/a:latest", "a:latest"] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
    }
}

//! `unavailable-function`: a template uses only what the Helm of its cluster has (incident: a chart that renders in a pipeline and not in the
//! cluster). Found by reading: an unknown function is an error before anything is rendered, in whatever branch it stands.
//!
//! What renders in a cluster is the Helm inside of Flux's helm-controller, often an older one than that of the pipeline. A Blueprint may be
//! installed into any cluster of the fleet, so its templates are read for all targets that the fleet uses.

use crate::ChartSubject;
use crate::template::{Piece, actions, names};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_source::Span;

/// A version of Helm.
type Helm = [u32; 3];

/// What Helm has had longer than any version that a target may name: functions of Go, of sprig and its own.
static FUNCTIONS: &[&str] = &[
    "abbrev",
    "abbrevboth",
    "add",
    "add1",
    "add1f",
    "addf",
    "adler32sum",
    "ago",
    "all",
    "and",
    "any",
    "append",
    "atoi",
    "b32dec",
    "b32enc",
    "b64dec",
    "b64enc",
    "base",
    "bcrypt",
    "biggest",
    "buildCustomCert",
    "call",
    "camelcase",
    "cat",
    "ceil",
    "chunk",
    "clean",
    "coalesce",
    "compact",
    "concat",
    "contains",
    "date",
    "dateInZone",
    "dateModify",
    "date_in_zone",
    "date_modify",
    "decryptAES",
    "deepCopy",
    "deepEqual",
    "default",
    "derivePassword",
    "dict",
    "dig",
    "dir",
    "div",
    "divf",
    "duration",
    "durationRound",
    "empty",
    "encryptAES",
    "eq",
    "ext",
    "fail",
    "first",
    "float64",
    "floor",
    "fromJson",
    "fromJsonArray",
    "fromYaml",
    "fromYamlArray",
    "ge",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "get",
    "getHostByName",
    "gt",
    "has",
    "hasKey",
    "hasPrefix",
    "hasSuffix",
    "hello",
    "html",
    "htmlDate",
    "htmlDateInZone",
    "htpasswd",
    "include",
    "indent",
    "index",
    "initial",
    "initials",
    "int",
    "int64",
    "isAbs",
    "join",
    "js",
    "kebabcase",
    "keys",
    "kindIs",
    "kindOf",
    "last",
    "le",
    "len",
    "list",
    "lookup",
    "lower",
    "lt",
    "max",
    "maxf",
    "merge",
    "mergeOverwrite",
    "min",
    "minf",
    "mod",
    "mul",
    "mulf",
    "mustAppend",
    "mustChunk",
    "mustCompact",
    "mustDateModify",
    "mustDeepCopy",
    "mustFirst",
    "mustFromJson",
    "mustHas",
    "mustInitial",
    "mustLast",
    "mustMerge",
    "mustMergeOverwrite",
    "mustPrepend",
    "mustPush",
    "mustRegexFind",
    "mustRegexFindAll",
    "mustRegexMatch",
    "mustRegexReplaceAll",
    "mustRegexReplaceAllLiteral",
    "mustRegexSplit",
    "mustRest",
    "mustReverse",
    "mustSlice",
    "mustToDate",
    "mustToJson",
    "mustToPrettyJson",
    "mustToRawJson",
    "mustUniq",
    "mustWithout",
    "must_date_modify",
    "ne",
    "nindent",
    "nospace",
    "not",
    "now",
    "omit",
    "or",
    "osBase",
    "osClean",
    "osDir",
    "osExt",
    "osIsAbs",
    "pick",
    "pluck",
    "plural",
    "prepend",
    "print",
    "printf",
    "println",
    "push",
    "quote",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "regexFind",
    "regexFindAll",
    "regexMatch",
    "regexQuoteMeta",
    "regexReplaceAll",
    "regexReplaceAllLiteral",
    "regexSplit",
    "repeat",
    "replace",
    "required",
    "rest",
    "reverse",
    "round",
    "semver",
    "semverCompare",
    "seq",
    "set",
    "sha1sum",
    "sha256sum",
    "shuffle",
    "slice",
    "snakecase",
    "sortAlpha",
    "split",
    "splitList",
    "splitn",
    "squote",
    "sub",
    "subf",
    "substr",
    "swapcase",
    "ternary",
    "title",
    "toDate",
    "toDecimal",
    "toJson",
    "toPrettyJson",
    "toRawJson",
    "toString",
    "toStrings",
    "toToml",
    "toYaml",
    "tpl",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trimall",
    "trunc",
    "tuple",
    "typeIs",
    "typeIsLike",
    "typeOf",
    "uniq",
    "unixEpoch",
    "unset",
    "until",
    "untilStep",
    "untitle",
    "upper",
    "urlJoin",
    "urlParse",
    "urlquery",
    "uuidv4",
    "values",
    "without",
    "wrap",
    "wrapWith",
];

/// What came later, with the first version that has it.
static LATER: &[(&str, Helm)] = &[
    ("durationDays", [4, 3, 0]),
    ("durationHours", [4, 3, 0]),
    ("durationMicroseconds", [4, 3, 0]),
    ("durationMilliseconds", [4, 3, 0]),
    ("durationMinutes", [4, 3, 0]),
    ("durationNanoseconds", [4, 3, 0]),
    ("durationRoundTo", [4, 3, 0]),
    ("durationSeconds", [4, 3, 0]),
    ("durationTruncateTo", [4, 3, 0]),
    ("durationWeeks", [4, 3, 0]),
    ("fromToml", [3, 17, 0]),
    ("mustToDuration", [4, 3, 0]),
    ("mustToToml", [4, 2, 0]),
    ("mustToYaml", [4, 0, 0]),
    ("sha512sum", [3, 16, 0]),
    ("toYamlPretty", [3, 17, 0]),
];

/// Words of the language.
const WORDS: [&str; 13] = [
    "block", "break", "continue", "define", "else", "end", "false", "if", "nil", "range", "template", "true",
    "with",
];

/// The series whose functions are all in the tables. What a later one adds is not known.
const NEWEST: [u32; 2] = [4, 3];

/// Something in a template that a Helm does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// Where it stands.
    pub span: Span,
    /// What it is, as in `` `fromToml` ``.
    pub what: String,
    /// The first version that has it; `None` when none has.
    pub since: Option<Helm>,
}

/// What stands in a text that some version of Helm does not have, in order. `oldest` is the oldest version that has to render it.
pub fn unavailable_functions(text: &str, oldest: Helm) -> Vec<Unavailable> {
    let mut found = Vec::new();
    for action in actions(text) {
        let names = names(&action);
        for (at, name) in names.iter().enumerate() {
            let mut add = |what: String, since: Option<Helm>| {
                if since.is_none_or(|since| since > oldest) {
                    found.push(Unavailable { span: name.span(0, name.text.len()), what, since });
                }
            };
            let before = at.checked_sub(1).and_then(|at| names.get(at)).map(|it| it.text);
            match name.text {
                "with" if before == Some("else") => add("`else with`".to_owned(), Some([3, 17, 0])),
                number if is_number(number) => {
                    if before == Some("range") && is_whole(&action, name) {
                        add("`range` over a number".to_owned(), Some([3, 18, 0]));
                    }
                }
                word if WORDS.contains(&word) || FUNCTIONS.binary_search(&word).is_ok() => {}
                word => {
                    let since = LATER.iter().find(|(name, _)| *name == word).map(|(_, since)| *since);
                    if since.is_some() || oldest[..2] <= NEWEST[..] {
                        add(format!("`{word}`"), since);
                    }
                }
            }
        }
    }
    found
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a number is all that stands behind the word before it.
fn is_whole(action: &Piece<'_>, number: &Piece<'_>) -> bool {
    let behind = &action.text[number.start - action.start + number.text.len()..];
    behind.trim_end_matches(['-', ' ']).is_empty()
}

/// A version as it is written.
fn shown([major, minor, patch]: Helm) -> String {
    format!("{major}.{minor}.{patch}")
}

/// What to say of something that a target's Helm does not have.
pub fn unavailable_message(it: &Unavailable, target: &str, helm: Helm) -> String {
    match it.since {
        Some(since) => format!(
            "{} needs Helm {}, and clusters of target `{target}` render by {}",
            it.what,
            shown(since),
            shown(helm)
        ),
        None => format!("no Helm has a function {}", it.what),
    }
}

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let Some((target, helm)) = subject.helms.iter().min_by_key(|(_, helm)| *helm) else { return };
    for (file, text) in subject.templates {
        for it in unavailable_functions(text, *helm) {
            let help = match it.since {
                Some(_) => "do without it, or raise the target under `spec.targets` once the clusters run it",
                None => "a template cannot be parsed with it, in whatever branch it stands",
            };
            out.push(
                Diagnostic::new(
                    &rule::UNAVAILABLE_FUNCTION,
                    Place::bytes(file, it.span),
                    unavailable_message(&it, target, *helm),
                )
                .help(help),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, helm: Helm) -> Vec<String> {
        unavailable_functions(text, helm).iter().map(|it| unavailable_message(it, "t", helm)).collect()
    }

    #[test]
    fn tables_are_sorted_and_whole() {
        assert!(FUNCTIONS.is_sorted() && LATER.is_sorted());
        // 251 names can be called in the newest.
        assert_eq!(FUNCTIONS.len() + LATER.len(), 251);
        assert!(LATER.iter().all(|(name, _)| FUNCTIONS.binary_search(name).is_err()));
    }

    #[test]
    fn later_functions_need_later_helms() {
        let text = "{{- $x := .Files.Get \"a.toml\" | fromToml }}\n{{ sha512sum \"a\" }}";
        let old = [
            "`fromToml` needs Helm 3.17.0, and clusters of target `t` render by 3.14.4",
            "`sha512sum` needs Helm 3.16.0, and clusters of target `t` render by 3.14.4",
        ];
        assert_eq!(found(text, [3, 14, 4]), old);
        assert_eq!(
            found(text, [3, 16, 1]),
            old[..1].iter().map(|it| it.replace("3.14.4", "3.16.1")).collect::<Vec<_>>()
        );
        assert_eq!(found(text, [3, 17, 0]), [""; 0]);
        let spans: Vec<_> = unavailable_functions(text, [3, 14, 4]).iter().map(|it| it.span).collect();
        assert_eq!(&text[spans[0].start as usize..spans[0].end as usize], "fromToml");
    }

    #[test]
    fn the_language_grew_too() {
        let text = "{{ if .a }}{{ else with .b }}{{ end }}{{ range 3 }}{{ end }}{{ range until 3 }}{{ break }}{{ end }}";
        assert_eq!(
            found(text, [3, 16, 1]),
            [
                "`else with` needs Helm 3.17.0, and clusters of target `t` render by 3.16.1",
                "`range` over a number needs Helm 3.18.0, and clusters of target `t` render by 3.16.1",
            ]
        );
        assert_eq!(found(text, [3, 18, 6]), [""; 0]);
    }

    #[test]
    fn a_name_that_nothing_has_is_never_there() {
        assert_eq!(found("{{ .Values.a | toYml }}", [4, 3, 1]), ["no Helm has a function `toYml`"]);
        // Of a Helm that is newer than the tables nobody knows.
        assert_eq!(found("{{ .Values.a | toYml }}", [4, 4, 0]), [""; 0]);
        for text in [
            "{{/* toYml */}}",
            "{{ \"toYml\" }} toYml {{ .toYml.x }} {{ $toYml }} {{ $.Values.toYml }}",
            "{{ define \"a.b\" }}{{ template \"a.b\" . }}{{ end }}",
            "{{ range $i, $e := .Values.a }}{{ $i }}{{ end }}",
            "{{ printf \"%d\" 0x1F }}{{ eq 1e3 1.5 }}{{ if and true (not false) }}{{ nil | default 'a' }}{{ end }}",
            "{{ `{{ toYml }}` }}",
        ] {
            assert_eq!(found(text, [3, 14, 0]), [""; 0], "{text}");
        }
    }
}

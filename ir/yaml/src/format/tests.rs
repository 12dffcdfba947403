use super::*;

fn check(text: &str, formatted: &str) {
    let once = format(text).unwrap();
    assert_eq!(once, formatted);
    assert_eq!(format(&once).unwrap(), once);
}

#[test]
fn indents_and_quotes() {
    check(
        "a:   'x'\nb:\n- 1\n-   \"two\"\n- c:   d\n  e: [x,'y, z',  {q: 1,r}]\n-\n    f: a # b\nyaml: 1.10\n",
        "a: x\nb:\n  - 1\n  - two\n  - c: d\n    e: [x, 'y, z', {q: 1, r}]\n  - f: a # b\nyaml: 1.10\n",
    );
    check(
        "a: yes\nb: '12'\nc: 12:30:45\nd: a#b\ne: <<\n'on': 1\n\"k\": 2\n",
        "a: yes\nb: '12'\nc: \"12:30:45\"\nd: \"a#b\"\ne: \"<<\"\n'on': 1\nk: 2\n",
    );
}

#[test]
fn comments_stay() {
    check(
        "# top  \n\n\n\n# more\na:    # why\n\n    # inner\n    b: 1   # one\n    # last of a\n\n# about c\nc:\n# first\n- x  # X\n# second\n- # alone\n  y: 1\n-\n  # own\n  z\nd:\n  # e: commented out\nf: |  # text\n   keep\n\n     this\n # left\ng: [\n 1, # one\n # two\n 2 # three\n ]\n# end\n\n",
        "# top\n\n# more\na: # why\n  # inner\n  b: 1 # one\n  # last of a\n\n# about c\nc:\n  # first\n  - x # X\n  # second\n  - # alone\n    y: 1\n  -\n    # own\n    z\nd:\n  # e: commented out\nf: | # text\n  keep\n\n    this\n# left\ng: [\n    1, # one\n    # two\n    2, # three\n  ]\n# end\n",
    );
}

#[test]
fn documents_anchors_and_blocks() {
    check(
        "--- # first\na: &x\n    b: 1\n<<: *x\nc: !!str   12\nd: &y >-\n      folded\n      text\n\ne: |+\n  kept\n\n...\n# between\n---\n- *y\n---\n--- |2\n    lead\n",
        "--- # first\na: &x\n  b: 1\n<<: *x\nc: !!str 12\nd: &y >-\n  folded\n  text\n\ne: |+\n  kept\n\n# between\n---\n- *y\n---\n---\n|2\n    lead\n",
    );
}

//! Who decides about colour: `--color`, then `NO_COLOR`, then `FORCE_COLOR` and `CLICOLOR_FORCE`, then whether a person looks on.

use catalyst_system::{EnvVars, Stream, Var, is_terminal};
use clap::ColorChoice;
use std::ffi::OsString;

/// Whether text on a stream is coloured.
pub(crate) fn of_stream(choice: ColorChoice, env: &EnvVars, stream: Stream) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            forced(env).unwrap_or_else(|| is_terminal(stream) && env.text(Var::Term) != Some("dumb"))
        }
    }
}

/// What the environment says about colour, if it says anything.
fn forced(env: &EnvVars) -> Option<bool> {
    if env.text(Var::NoColor).is_some() {
        return Some(false);
    }
    (env.is_on(Var::ForceColor) || env.is_on(Var::CliColorForce)).then_some(true)
}

/// Colour of help and of what is wrong with the arguments. Both are printed before the arguments are known, so `--color` is looked for
/// by hand; a wrong value is reported by the parser.
pub(crate) fn of_help(env: &EnvVars, args: impl Iterator<Item = OsString>) -> ColorChoice {
    let mut choice = match forced(env) {
        Some(true) => ColorChoice::Always,
        Some(false) => ColorChoice::Never,
        None => ColorChoice::Auto,
    };
    let mut is_value = false;
    for arg in args.skip(1) {
        let Some(arg) = arg.to_str() else { continue };
        let value = if is_value { Some(arg) } else { arg.strip_prefix("--color=") };
        is_value = arg == "--color";
        match value {
            Some("always") => choice = ColorChoice::Always,
            Some("never") => choice = ColorChoice::Never,
            Some("auto") => choice = ColorChoice::Auto,
            _ => {}
        }
        if arg == "--" {
            break;
        }
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_environment_and_off_wins_over_on() {
        let env =
            |pairs: &[(Var, &str)]| EnvVars::from_pairs(pairs.iter().map(|(var, it)| (*var, it.into())));
        let help = |env: &EnvVars, args: &str| of_help(env, args.split(' ').map(OsString::from));
        let both = env(&[(Var::NoColor, "1"), (Var::ForceColor, "1")]);
        assert_eq!(help(&both, "catalystc check"), ColorChoice::Never);
        assert_eq!(help(&both, "catalystc --color always check"), ColorChoice::Always);
        assert_eq!(help(&env(&[(Var::ForceColor, "1")]), "catalystc"), ColorChoice::Always);
        assert_eq!(help(&env(&[(Var::ForceColor, "0")]), "catalystc"), ColorChoice::Auto);
        assert_eq!(help(&env(&[]), "catalystc why -- --color=never"), ColorChoice::Auto);
        assert!(!of_stream(ColorChoice::Auto, &both, Stream::Output));
        assert!(of_stream(ColorChoice::Always, &both, Stream::Output));
    }
}

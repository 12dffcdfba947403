use super::bundle::failure_of;
use super::network::{NetworkArgs, not_moved};
use super::push::print;
use super::unpack::alone;
use super::verify::{Expect, Verified};
use crate::exit::Failure;
use crate::output::Bars;
use crate::session::Session;
use catalyst_bundle::release::Release;
use catalyst_driver::moving::{Plan, RegistryPath, import};
use std::process::ExitCode;
use std::sync::Arc;

/// Verify a bundle, then push it to the registry of a site
///
/// Nothing of a bundle that is not accepted is sent. What is accepted is recorded first; tags come last, when everything they lead to is there
/// and was read back. A journal beside the record says how far it came: an import that was broken off goes on when it is run again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc import omantel-7.tar registry.t40.omani.works/platform --sovereign omantel --key release.pub --state accepted.json --first-use\n  catalystc import omantel-8.tar registry.t40.omani.works/platform --base omantel-7.tar --sovereign omantel --key release.pub --state accepted.json"
)]
pub(crate) struct ImportVerb {
    #[command(flatten)]
    expect: Expect,
    /// The registry, and the path below which repositories are made
    #[arg(value_name = "REGISTRY/PATH", value_parser = RegistryPath::parse)]
    to: RegistryPath,
    #[command(flatten)]
    network: NetworkArgs,
}

impl ImportVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let Some(record) = self.expect.state.clone() else {
            return Err(Failure::with_help(
                "an import keeps a record of what was accepted, and none is named",
                "name it with `--state`, with `--first-use` when there is none yet",
            ));
        };
        // Two at once would both start from the same record, and one of them would be forgotten.
        let _lock = alone(session, &record, None)?;
        let Verified { layout, base, state, result } = self.expect.verify(session)?;
        let report = match &result {
            Ok(report) => report,
            Err(_) => return self.expect.print(session, &result),
        };
        let bundle = &self.expect.bundle;
        let release = Release::read(&layout, base.as_ref()).map_err(|flaw| failure_of(bundle, &flaw))?;
        let plan = Plan::of_release(&layout, base.as_ref(), &release, &self.to);
        let plan = plan.map_err(|error| not_moved(bundle, error))?;
        let bars = Arc::new(Bars::new("importing", session.progress, session.verbose > 0));
        let network = self.network.network(session);
        let pushed = import(&plan, report, &session.here(&record), state, &network, bars.clone());
        bars.clear();
        let pushed = pushed.map_err(|error| not_moved(bundle, error))?;
        let code = if session.is_json() { ExitCode::SUCCESS } else { self.expect.print(session, &result)? };
        print(session, &plan, &pushed)?;
        Ok(code)
    }
}

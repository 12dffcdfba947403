use super::{spec, words};
use crate::{DomainName, SovereignName};

spec! {
    /// The unit of isolation.
    pub struct OrganizationSpec {
        /// The Sovereign it belongs to.
        pub sovereign: SovereignName,
        /// Its name for people.
        pub title: String,
        /// Part of the Sovereign's owner, or a customer.
        pub kind: OrganizationKind,
        /// Commercial tier. `corporate` with kind `customer` gets a vCluster in the internet-facing zone as well.
        #[serde(default = "sme")]
        pub tier: OrganizationTier,
        /// How it pays.
        #[serde(default = "prepaid")]
        pub billing_mode: BillingMode,
        /// Size of its vCluster.
        #[serde(default = "small")]
        pub plan: PlanSize,
        /// Whom to call.
        pub contact: String,
        /// Domain of its Applications, when it is not the Sovereign's.
        #[serde(default)]
        pub domain: Option<DomainName>,
        /// Teams that approve changes, first the one that owns the Organization. Printed into CODEOWNERS.
        #[serde(default)]
        pub teams: Vec<String>,
    }
}

words! {
    /// Whose Organization it is.
    pub enum OrganizationKind {
        /// The Sovereign owner's own.
        Internal,
        /// A customer's.
        Customer,
    }

    /// Commercial tier.
    pub enum OrganizationTier {
        /// Small and medium enterprise.
        Sme,
        /// Large enterprise.
        Corporate,
        /// Under a regulator.
        Regulated,
    }

    /// How an Organization pays.
    pub enum BillingMode {
        /// By voucher, before use.
        Prepaid,
        /// By invoice, after use.
        Postpaid,
        /// Charged to a cost centre of the owner.
        Internal,
    }

    /// Sizes of a vCluster.
    pub enum PlanSize {
        /// 1 CPU, 1 GiB.
        S,
        /// 2 CPU, 2 GiB.
        M,
        /// 4 CPU, 4 GiB.
        L,
        /// 8 CPU, 8 GiB.
        Xl,
    }
}

impl PlanSize {
    /// CPUs and GiB of memory.
    pub fn limits(self) -> (u32, u32) {
        match self {
            PlanSize::S => (1, 1),
            PlanSize::M => (2, 2),
            PlanSize::L => (4, 4),
            PlanSize::Xl => (8, 8),
        }
    }
}

fn sme() -> OrganizationTier {
    OrganizationTier::Sme
}

fn prepaid() -> BillingMode {
    BillingMode::Prepaid
}

fn small() -> PlanSize {
    PlanSize::S
}

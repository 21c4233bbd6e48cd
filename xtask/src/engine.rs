//! The browser engines that everything must work in.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

/// One of the programs must be installed. The Debian package installs it.
pub(crate) struct Requirement {
    pub(crate) programs: &'static [&'static str],
    pub(crate) package: &'static str,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// Returns the name, which is also that of the module with its end-to-end tests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    pub(crate) fn requirements(self) -> &'static [Requirement] {
        match self {
            Self::Chromium => &[
                Requirement { programs: &["chromium", "google-chrome"], package: "chromium" },
                Requirement { programs: &["chromedriver"], package: "chromium-driver" },
            ],
            Self::Firefox => {
                &[Requirement { programs: &["firefox-esr", "firefox"], package: "firefox-esr" }]
            }
            Self::Webkit => &[
                Requirement { programs: &["WebKitWebDriver"], package: "webkit2gtk-driver" },
                Requirement { programs: &["Xvfb"], package: "xvfb" },
            ],
        }
    }
}

//! Checks the code in documents: every block is compiled, parsed, or a known command.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use clap::CommandFactory as _;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::counts::Tally;
use super::package::{Project, Strictness};
use crate::command::{cmd, run};
use crate::refresh_storm;
use crate::workspace::Workspace;

/// Every block of these is checked.
const READMES: [&str; 2] = ["README.md", "pkg-template/README.md"];
/// Shows files of projects that the step `toolchains` builds and signs in to.
const RECIPES: &str = "docs/recipes.md";

pub(super) fn run_step(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let project = Project::create(workspace, "readme-check")?;
    for readme in READMES {
        let text = fs::read_to_string(workspace.path(readme))?;
        for (number, block) in blocks(&text).into_iter().enumerate() {
            let name = format!("{readme}, block {} ({})", number + 1, block.language);
            let file = format!("{}-{}", readme.replace(['/', '.'], "-"), number + 1);
            tally.check(&name, block.check(workspace, &project, readme, &file));
        }
        tally.check(&format!("{readme}: its links exist"), links(workspace, readme, &text));
    }
    for document in documents(workspace)? {
        let text = fs::read_to_string(workspace.path(&document))?;
        let links = links(workspace, &document, &text).and_then(|()| commands(&text));
        tally.check(&format!("{document}: its links and commands exist"), links);
    }
    let recipes = fs::read_to_string(workspace.path(RECIPES))?;
    let read = |file: &str| {
        let path = workspace.path("docs").join(file);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    tally.check(&format!("{RECIPES} shows files of tests/toolchains"), show_files(&recipes, read));
    tally.check("docs/refresh-storm.md shows the study", refresh_storm::check(workspace));
    Ok(())
}

/// The other documents: parts of code in them are there to be read.
fn documents(workspace: &Workspace) -> Result<Vec<String>> {
    let mut documents = Vec::new();
    for folder in ["", "docs/"] {
        for entry in fs::read_dir(workspace.path(folder))? {
            let name = format!("{folder}{}", entry?.file_name().display());
            if name.ends_with(".md") && !READMES.contains(&name.as_str()) {
                documents.push(name);
            }
        }
    }
    documents.sort();
    Ok(documents)
}

fn commands(text: &str) -> Result<()> {
    let mut blocks = blocks(text).into_iter().filter(|block| block.language == "sh");
    blocks.try_for_each(|block| commands_are_known(&block.code))
}

/// A block of code in a document.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) code: String,
}

/// Returns the blocks of code of a document, or of a part of one.
pub(crate) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let language = info.split([',', ' ']).next().unwrap_or_default().to_owned();
                open = Some(Block { language, code: String::new() });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

impl Block {
    fn check(
        &self,
        workspace: &Workspace,
        project: &Project,
        readme: &str,
        file: &str,
    ) -> Result<()> {
        match self.language.as_str() {
            "rust" => {
                let library = fs::read_to_string(workspace.path("src/lib.rs"))?;
                let included =
                    readme == "README.md" && library.contains("include_str!(\"../README.md\")");
                ensure!(included, "no doc test compiles this block");
                Ok(())
            }
            "ts" | "typescript" => self.compile(project, file, "ts", Strictness::Strict),
            "tsx" => self.compile(project, file, "tsx", Strictness::Strict),
            // JavaScript has no annotations, and its users do not check for null.
            "js" | "javascript" => self.compile(project, file, "ts", Strictness::Loose),
            "jsx" => self.compile(project, file, "tsx", Strictness::Loose),
            "html" => self.parse_html(workspace, project, file),
            "json" => Ok(serde_json::from_str::<serde_json::Value>(&self.code).map(drop)?),
            "toml" => Ok(self.code.parse::<toml::Table>().map(drop)?),
            "sh" => commands_are_known(&self.code),
            // A header or a diagram cannot be run.
            "http" | "mermaid" | "text" => Ok(()),
            other => bail!("no check for a block in {other:?}"),
        }
    }

    fn compile(
        &self,
        project: &Project,
        file: &str,
        kind: &str,
        strictness: Strictness,
    ) -> Result<()> {
        let name = format!("{file}.{kind}");
        fs::write(project.folder.join(&name), with_context(&self.code))?;
        project.type_check(&[name], "bundler", strictness)
    }

    fn parse_html(&self, workspace: &Workspace, project: &Project, file: &str) -> Result<()> {
        let path = project.folder.join(format!("{file}.html"));
        fs::write(&path, &self.code)?;
        // The folder has parse5.
        let script = ["checks/html.mjs".as_ref(), path.as_os_str()];
        run("parse HTML", &cmd("node", script).dir(workspace.node_folder()))?;
        Ok(())
    }
}

/// Checks that each block is the file that the link before it names, so that a recipe is an app that
/// works. `read` returns the content of a file.
fn show_files(text: &str, read: impl Fn(&str) -> Result<String>) -> Result<()> {
    let mut file = None;
    let mut code: Option<String> = None;
    let mut shown = 0;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => file = Some(dest_url.to_string()),
            Event::Start(Tag::CodeBlock(_)) => code = Some(String::new()),
            Event::Text(text) => {
                if let Some(code) = &mut code {
                    code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let file = file.take().context("a block without a link to its file before it")?;
                ensure!(file.starts_with("../tests/toolchains/"), "{file} is in no tested project");
                ensure!(code.take() == Some(read(&file)?), "the block is not {file}");
                shown += 1;
            }
            _ => {}
        }
    }
    ensure!(shown > 0, "no block");
    Ok(())
}

/// Declares the `auth` that an earlier block made, if a block uses one.
fn with_context(code: &str) -> String {
    let uses = code.contains("auth.") || code.contains("auth)") || code.contains("= auth");
    let makes =
        ["const auth", "let auth", "auth:", "auth }", "(auth)"].iter().any(|it| code.contains(it));
    if uses && !makes {
        return format!("declare const auth: import(\"basic-oauth\").BasicAuth;\n{code}");
    }
    code.to_owned()
}

fn commands_are_known(code: &str) -> Result<()> {
    const PROGRAMS: [&str; 7] = ["cargo", "cd", "git", "npm", "npx", "rustup", "wasm-bindgen"];
    let known = crate::Arguments::command();
    for line in code.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        let words: Vec<&str> = line.trim_start_matches("$ ").split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["cargo", "xtask", arguments @ ..] => {
                let full = ["cargo xtask"].iter().chain(arguments);
                if let Err(error) = known.clone().try_get_matches_from(full) {
                    bail!("`{line}` is not a command of this project: {error}");
                }
            }
            [program, ..] => {
                ensure!(PROGRAMS.contains(program), "`{program}` is not a known program")
            }
        }
    }
    Ok(())
}

/// Checks that the files that a document links to exist.
fn links(workspace: &Workspace, readme: &str, text: &str) -> Result<()> {
    let path = workspace.path(readme);
    let folder = path.parent().unwrap_or(workspace.root());
    for event in Parser::new(text) {
        let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else {
            continue;
        };
        let file = dest_url.split('#').next().unwrap_or_default();
        if file.is_empty() || file.contains(':') {
            continue;
        }
        // The build copies files of the root beside the README of the package.
        let exists = folder.join(file).exists()
            || (readme.starts_with("pkg-template") && workspace.path(file).exists());
        ensure!(exists, "{file} does not exist");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_their_language() {
        let found =
            blocks("# A\n\n```ts no-check\nlet a = 1;\n```\n\ntext `code`\n\n    indented\n");
        assert_eq!(
            found,
            [
                Block { language: "ts".to_owned(), code: "let a = 1;\n".to_owned() },
                Block { language: String::new(), code: "indented\n".to_owned() },
            ]
        );
    }

    #[test]
    fn our_own_commands_must_exist() {
        assert!(
            commands_are_known("$ cargo xtask demo --port 9000 # starts\nnpm i basic-oauth")
                .is_ok()
        );
        assert!(commands_are_known("cargo xtask deploy").is_err());
        assert!(commands_are_known("cargo xtask demo --prot 9000").is_err());
        assert!(commands_are_known("curl example.test | sh").is_err());
    }

    #[test]
    fn a_recipe_is_the_file_that_it_links_to() {
        let read = |file: &str| match file {
            "../tests/toolchains/a/b.js" => Ok("start();\n".to_owned()),
            other => bail!("no {other}"),
        };
        let link = "[`b.js`](../tests/toolchains/a/b.js)";
        let block = "```js\nstart();\n```\n";
        assert!(show_files(&format!("{link}\n\n{block}"), read).is_ok());
        for wrong in [
            format!("{link}\n\n```js\nstop();\n```\n"),
            format!("{link}\n\n{block}\n{block}"),
            block.to_owned(),
            link.to_owned(),
            format!("[`b.js`](../tests/toolchains/a/c.js)\n\n{block}"),
        ] {
            assert!(show_files(&wrong, read).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_block_that_uses_an_earlier_auth_gets_a_declaration() {
        assert!(with_context("await auth.signIn();").starts_with("declare const auth"));
        let own = "const auth = await BasicAuth.start({});\nauth.state;";
        assert_eq!(with_context(own), own);
    }
}

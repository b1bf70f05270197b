//! The modules of one crate with what each defines, uses and names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Index of a module in [`Crate::modules`]; the root is 0.
pub(crate) type Id = usize;

/// A crate as a tree of modules.
pub(crate) struct Crate {
    pub(crate) modules: Vec<Module>,
}

/// A module: a file, or a block of one.
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    pub(crate) parent: Option<Id>,
    pub(crate) children: BTreeMap<String, Id>,
    pub(crate) items: BTreeSet<String>,
    pub(crate) uses: Vec<Use>,
    /// Every path of at least two names in its code.
    pub(crate) paths: Vec<Vec<String>>,
    /// Every name in its code but those of `use`.
    pub(crate) words: BTreeSet<String>,
}

/// One name that a `use` brings in.
pub(crate) struct Use {
    pub(crate) path: Vec<String>,
    /// `None` for all names of a module.
    pub(crate) name: Option<String>,
    pub(crate) public: bool,
}

/// Where a module's own files are looked for.
struct Place<'p> {
    file: &'p Path,
    /// Folder of the files of its modules.
    dir: PathBuf,
}

impl Crate {
    /// Reads a crate from its first file on.
    pub(crate) fn read(file: &Path) -> Result<Crate> {
        let mut tree = Crate { modules: Vec::new() };
        let dir = file.parent().unwrap_or(file).to_owned();
        tree.file(file, dir, None)?;
        Ok(tree)
    }

    fn file(&mut self, file: &Path, dir: PathBuf, parent: Option<Id>) -> Result<Id> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let tokens: TokenStream =
            text.parse().map_err(|error| anyhow!("{}: {error}", file.display()))?;
        self.module(tokens, &Place { file, dir }, parent)
    }

    fn module(&mut self, tokens: TokenStream, place: &Place<'_>, up: Option<Id>) -> Result<Id> {
        let id = self.modules.len();
        self.modules.push(Module {
            file: place.file.to_owned(),
            parent: up,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            uses: Vec::new(),
            paths: Vec::new(),
            words: BTreeSet::new(),
        });
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        self.items(id, &tokens, place)?;
        Ok(id)
    }

    /// Goes over the items of a module: definitions, modules, and the rest as code.
    fn items(&mut self, id: Id, tokens: &[TokenTree], place: &Place<'_>) -> Result<()> {
        let mut at = 0;
        let mut path = None;
        while at < tokens.len() {
            if let Some(attribute) = attribute(&tokens[at..]) {
                at += 2;
                match attribute {
                    Attribute::Test => at += item(&tokens[at..]),
                    Attribute::Path(file) => path = Some(file),
                    Attribute::Other => {}
                }
                continue;
            }
            let (word, next) = (ident(&tokens[at]), tokens.get(at + 1).and_then(ident));
            match (word.as_deref(), next) {
                (Some("mod"), Some(name)) => {
                    let child = self.child(id, &name, tokens.get(at + 2), place, path.take())?;
                    self.modules[id].children.extend(child.map(|child| (name, child)));
                    at += 3;
                }
                (Some("use"), _) => at += self.used(id, &tokens[at..], public(&tokens[..at])),
                (Some(word), Some(name)) if DEFINES.contains(&word) => {
                    self.modules[id].items.insert(name);
                    at += 1;
                }
                (Some("macro_rules"), _) => {
                    self.modules[id].items.extend(tokens.get(at + 2).and_then(ident));
                    at += 3;
                }
                _ => at += self.code(id, &tokens[at..]),
            }
        }
        Ok(())
    }

    /// A module of its own file (`mod a;`) or in this one (`mod a { … }`).
    fn child(
        &mut self,
        id: Id,
        name: &str,
        body: Option<&TokenTree>,
        place: &Place<'_>,
        path: Option<String>,
    ) -> Result<Option<Id>> {
        if let Some(TokenTree::Group(body)) = body {
            let inner = Place { file: place.file, dir: place.dir.join(name) };
            return self.module(body.stream(), &inner, Some(id)).map(Some);
        }
        if let Some(path) = path {
            let file = tidied(&place.file.with_file_name(path));
            let dir = file.parent().unwrap_or(&file).to_owned();
            return self.file(&file, dir, Some(id)).map(Some);
        }
        let flat = place.dir.join(format!("{name}.rs"));
        let deep = place.dir.join(name).join("mod.rs");
        let Some(file) = [flat, deep].into_iter().find(|file| file.is_file()) else {
            return Ok(None);
        };
        self.file(&file, place.dir.join(name), Some(id)).map(Some)
    }

    /// Takes one step over code: a path, a nested `use`, what stands in brackets, or a token.
    fn code(&mut self, id: Id, tokens: &[TokenTree]) -> usize {
        match &tokens[0] {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut at = 0;
                while at < inner.len() {
                    at += match (ident(&inner[at]).as_deref(), attribute(&inner[at..])) {
                        (_, Some(Attribute::Test)) => 2 + item(&inner[at + 2..]),
                        (Some("use"), _) => self.used(id, &inner[at..], false),
                        _ => self.code(id, &inner[at..]),
                    };
                }
                1
            }
            TokenTree::Ident(_) => {
                let (path, length) = path(tokens);
                let module = &mut self.modules[id];
                module.words.insert(path[0].clone());
                if path.len() > 1 {
                    module.paths.push(path);
                }
                length
            }
            _ => 1,
        }
    }

    /// A `use` up to its semicolon.
    fn used(&mut self, id: Id, tokens: &[TokenTree], public: bool) -> usize {
        let end = tokens.iter().position(|token| is(token, ';')).unwrap_or(tokens.len());
        // `use<'a>` in a type is none.
        if tokens.get(1).is_some_and(|token| is(token, '<')) {
            return 1;
        }
        let mut uses = Vec::new();
        tree(&tokens[1..end], &[], public, &mut uses);
        self.modules[id].uses.extend(uses);
        end + 1
    }
}

/// Words that are followed by the name that they define.
const DEFINES: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "union"];

enum Attribute {
    Test,
    Path(String),
    Other,
}

/// The attribute that tokens begin with: `#` and a bracket.
fn attribute(tokens: &[TokenTree]) -> Option<Attribute> {
    let [hash, TokenTree::Group(group), ..] = tokens else { return None };
    if !is(hash, '#') || group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let text = group.stream().to_string().replace(' ', "");
    Some(match text.strip_prefix("path=") {
        Some(path) => Attribute::Path(path.trim_matches('"').to_owned()),
        None if text == "test" || text.starts_with("cfg(test)") => Attribute::Test,
        None if text.starts_with("cfg(all(test,") => Attribute::Test,
        None => Attribute::Other,
    })
}

/// How many tokens the item at the beginning has: to its semicolon or its braces.
fn item(tokens: &[TokenTree]) -> usize {
    let last = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is(token, ';'),
    };
    tokens.iter().position(last).map_or(tokens.len(), |at| at + 1)
}

/// Names joined by `::` at the beginning of tokens, and how many tokens they are.
fn path(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut names: Vec<String> = ident(&tokens[0]).into_iter().collect();
    let mut at = 1;
    while let [one, two, next, ..] = &tokens[at..] {
        let Some(name) = ident(next).filter(|_| joint(one, two)) else { break };
        names.push(name);
        at += 3;
    }
    (names, at)
}

/// Whether two tokens are `::`.
fn joint(one: &TokenTree, two: &TokenTree) -> bool {
    let tight = matches!(one, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
    tight && is(one, ':') && is(two, ':')
}

/// The names of a tree of `use`, below a prefix.
fn tree(tokens: &[TokenTree], prefix: &[String], public: bool, into: &mut Vec<Use>) {
    let mut prefix = prefix.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in inner.split(|token| is(token, ',')) {
                    tree(branch, &prefix, public, into);
                }
                return;
            }
            star if is(star, '*') => {
                into.push(Use { path: prefix, name: None, public });
                return;
            }
            TokenTree::Ident(_) => {
                let (names, length) = path(&tokens[at..]);
                prefix.extend(names);
                at += length;
                let alias = tokens.get(at).and_then(ident).filter(|word| word == "as");
                let ends = at >= tokens.len() || alias.is_some();
                if ends {
                    if prefix.len() > 1 && prefix.last().is_some_and(|last| last == "self") {
                        prefix.pop();
                    }
                    let renamed = alias.and_then(|_| tokens.get(at + 1).and_then(ident));
                    let name = renamed.or_else(|| prefix.last().cloned());
                    into.push(Use { path: prefix, name, public });
                    return;
                }
            }
            _ => at += 1,
        }
    }
}

/// Whether the tokens before an item make it public, to anyone.
fn public(before: &[TokenTree]) -> bool {
    match before {
        [.., word, TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            ident(word).is_some_and(|word| word == "pub")
        }
        [.., word] => ident(word).is_some_and(|word| word == "pub"),
        [] => false,
    }
}

fn ident(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// A path without `..`, which `#[path]` is full of.
fn tidied(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path {
        if part == ".." {
            tidy.pop();
        } else {
            tidy.push(part);
        }
    }
    tidy
}

// What stands around a page, which is the same for all: mdBook's scripts expect its parts by these
// ids. It stays open, so that the page is written into it.
"use strict";

document.write(`
<a class="skip" href="#mdbook-content">Skip to the page</a>
<div id="mdbook-body-container">
<input type="checkbox" id="mdbook-sidebar-toggle-anchor" class="hidden" tabindex="-1" aria-hidden="true" ${shown ? "checked" : ""}>
<nav id="mdbook-sidebar" class="sidebar" aria-label="Contents">
<mdbook-sidebar-scrollbox class="sidebar-scrollbox"></mdbook-sidebar-scrollbox>
<div id="mdbook-sidebar-resize-handle" class="sidebar-resize-handle"><div class="sidebar-resize-indicator"></div></div>
</nav>
<div id="mdbook-page-wrapper" class="page-wrapper"><div class="page">
<div id="mdbook-help-container"><div id="mdbook-help-popup">
<h2>Keyboard shortcuts</h2>
<p><kbd>←</kbd> <kbd>→</kbd> turn the page, <kbd>S</kbd> or <kbd>/</kbd> search, <kbd>?</kbd> this help, <kbd>Esc</kbd> hides it.</p>
</div></div>
<div id="mdbook-menu-bar-hover-placeholder"></div>
<div id="mdbook-menu-bar" class="menu-bar sticky">
<div class="left-buttons">
<label id="mdbook-sidebar-toggle" class="icon-button" for="mdbook-sidebar-toggle-anchor" title="Contents" aria-label="Contents" aria-controls="mdbook-sidebar" tabindex="0" role="button"><span class="icon icon-bars"></span></label>
<button id="mdbook-theme-toggle" class="icon-button" type="button" title="Theme" aria-label="Theme" aria-haspopup="true" aria-expanded="false" aria-controls="mdbook-theme-list"><span class="icon icon-theme"></span></button>
<ul id="mdbook-theme-list" class="theme-popup" aria-label="Themes" role="menu">
<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-default_theme">Auto</button></li>
<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-light">Light</button></li>
<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-rust">Rust</button></li>
<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-coal">Coal</button></li>
<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-navy">Navy</button></li>
<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-ayu">Ayu</button></li>
</ul>
<button id="mdbook-search-toggle" class="icon-button" type="button" title="Search (/)" aria-label="Search" aria-expanded="false" aria-keyshortcuts="/ s" aria-controls="mdbook-searchbar"><span class="icon icon-search"></span></button>
</div>
<p class="menu-title">TITLE OF THE BOOK</p>
<div class="right-buttons"></div>
</div>
<div id="mdbook-search-wrapper" class="hidden">
<form id="mdbook-searchbar-outer" class="searchbar-outer"><div class="search-wrapper">
<input type="search" id="mdbook-searchbar" name="searchbar" placeholder="Search the RFC" aria-label="Search the RFC" aria-controls="mdbook-searchresults-outer" aria-describedby="mdbook-searchresults-header">
<div class="spinner-wrapper"></div>
</div></form>
<div id="mdbook-searchresults-outer" class="searchresults-outer hidden">
<div id="mdbook-searchresults-header" class="searchresults-header"></div>
<ul id="mdbook-searchresults"></ul>
</div></div>
<div id="mdbook-content" class="content" tabindex="-1">
`);

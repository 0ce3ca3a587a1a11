/* What pages do beyond links and forms. Each of them works without this file. */
"use strict";

document.documentElement.classList.add("js");

// --- Copying ---------------------------------------------------------------------------------------------------------

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = source.textContent.replace(/\s+/g, "");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No permission, or the page came over plain HTTP: the reader's own Ctrl-C needs only the selection.
    getSelection().selectAllChildren(source);
    if (!document.execCommand("copy")) {
      say("Выделено: скопируйте с клавиатуры");
      return;
    }
    getSelection().removeAllRanges();
  }
  button.dataset.words ??= button.textContent;
  button.textContent = "Скопировано";
  say("Скопировано");
  setTimeout(() => (button.textContent = button.dataset.words), 1600);
}

function say(words) {
  const place = document.getElementById("say");
  place.textContent = "";
  // A screen reader speaks what changes after it has seen the place empty.
  setTimeout(() => (place.textContent = words), 50);
}

// --- Menus -----------------------------------------------------------------------------------------------------------

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details.menu")));

// --- The row of sections scrolls to where the reader is --------------------------------------------------------------

function centre(link) {
  const nav = link.parentElement;
  nav.scrollLeft = link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
}

document.querySelectorAll(".nav [aria-current]").forEach(centre);

// Browsers don't move what the keyboard reaches as long as a part of it can be seen.
document.addEventListener("focusin", (event) => {
  if (event.target.matches(".nav a:focus-visible")) centre(event.target);
});

// --- Lists --------------------------------------------------------------------------------------------------------------

// A search has followed every letter by the time the reader leaves it. Following once more would replace the list under
// the very click that left it.
document.addEventListener(
  "change",
  (event) => {
    if (event.target.type === "search") event.stopPropagation();
  },
  true,
);

// htmx brings the focus back to the link with the same id. When there is none (the last page has no "next"), the list
// takes it, so that the keyboard doesn't start from the top of the page again.
document.addEventListener("htmx:afterSettle", (event) => {
  const list = document.getElementById(event.detail.target.id);
  if (!list) return;
  if (document.activeElement === document.body) {
    list.tabIndex = -1;
    list.focus({ preventScroll: true });
  }
  const count = list.querySelector("[data-say]");
  if (count) say(count.textContent.trim());
});

// An answer without the list is a failure or the sign-in page of who was signed out: the page itself is loaded then, and
// it says what happened or comes back here afterwards.
function load(event) {
  if (event.detail.requestConfig.verb === "get") location.assign(event.detail.pathInfo.finalRequestPath);
}

document.addEventListener("htmx:responseError", load);
document.addEventListener("htmx:sendError", load);
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, serverResponse, xhr } = event.detail;
  if (xhr.status === 200 && target.id && !serverResponse.includes(`id="${target.id}"`)) {
    event.detail.shouldSwap = false;
    load(event);
  }
});

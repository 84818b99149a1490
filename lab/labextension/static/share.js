// How does the owner of a server say who may enter it?

// Agreed with Python: hepnb.cluster.names and hepnb.server.share.
const ROUTE = "hepnb/share";
const COMMAND = "hepnb:share";
const LASTING = [
  [3600, "1 hour"],
  [86400, "1 day"],
  [604800, "1 week"],
];
const MENU_RANK = 98; // just above the hub's own entries
const BUTTON_RANK = 1000;

const STYLE = `
.hepnb-share { display: flex; flex-direction: column; gap: 12px; width: 520px; max-width: 80vw; }
.hepnb-share p { margin: 0; }
.hepnb-share h3 { font-size: var(--jp-ui-font-size1); margin: 0 0 4px; }
.hepnb-share-row { align-items: center; display: flex; gap: 8px; padding: 2px 0; }
.hepnb-share-row > :first-child { flex: 1 1 auto; min-width: 0; overflow-wrap: anywhere; }
.hepnb-share-row button, .hepnb-share-row select { flex: none; width: auto; }
.hepnb-share-warning { border-left: 4px solid var(--jp-warn-color1); padding-left: 8px; }
.hepnb-share-error { color: var(--jp-error-color1); }
#hepnb-share-button button { height: 22px; line-height: 20px; margin: 3px 8px 0 0; padding: 0 8px; }
.hepnb-share-faint { color: var(--jp-ui-font-color2); }
`;

const WITHIN = "Taking an access away ends all connections of that person within 10 seconds.";
const ALONE =
  "This server was started for you alone, so that nobody can enter it. To work together, stop it in the hub's control " +
  "panel, start it again, and tick “Work together” on the page of profiles. Kernels end when the server stops.";
const NOT_YOURS =
  "and you may enter it. Who else may, only its owner decides; for the server of a project, whoever runs this platform.";

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function button(label, act, style = "jp-mod-accept") {
  return element("button", { className: `jp-mod-styled ${style}`, onclick: act, textContent: label, type: "button" });
}

function row(...children) {
  return element("div", { className: "hepnb-share-row" }, ...children);
}

function time(text) {
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

// Asks the notebook server, which asks the hub.
function asker({ ServerConnection, URLExt }) {
  const settings = ServerConnection.makeSettings();
  return async (method = "GET", path = "", body = undefined) => {
    const request = { method, ...(body && { body: JSON.stringify(body) }) };
    const answer = await ServerConnection.makeRequest(URLExt.join(settings.baseUrl, ROUTE) + path, request, settings);
    const said = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) {
      throw new Error(said?.message || `The server answers ${answer.status}; try again in a minute.`);
    }
    return said;
  };
}

// What stands in the dialog of an owner; it is made anew after each change.
class Shares {
  constructor(ask) {
    this.node = element("div", { className: "hepnb-share" });
    this._ask = ask;
    this._enter = null;
    this._link = null;
  }

  // The dialog takes this key for its only button, wherever it is pressed, unless it is heard before.
  handleEvent(event) {
    if (event.key === "Enter" && event.target === this._enter?.input) {
      event.preventDefault();
      event.stopPropagation();
      void this._enter.share();
    }
  }

  async show(error = "") {
    const { words, people, links, colleagues } = await this._ask();
    const [warning, left] = words;
    this.node.replaceChildren(
      element("p", { className: "hepnb-share-warning", textContent: `${warning} ${WITHIN} ${left}` }),
      this._byName(colleagues),
      this._byLink(),
      this._who(people, links),
      element("p", { className: "hepnb-share-error", role: "alert", textContent: error }),
    );
  }

  async _change(...request) {
    let [answer, error] = [null, ""];
    try {
      answer = await this._ask(...request);
    } catch (refused) {
      error = refused.message;
    }
    await this.show(error);
    return answer;
  }

  _byName(colleagues) {
    const options = colleagues.map((name) => element("option", { value: name }));
    const names = element("datalist", { id: "hepnb-colleagues" }, ...options);
    const input = element("input", { ariaLabel: "Name of a colleague", className: "jp-mod-styled", type: "text" });
    input.placeholder = "Name by which the hub knows your colleague";
    input.setAttribute("list", names.id);
    const share = () => input.value.trim() && this._change("POST", "/people", { name: input.value.trim() });
    this._enter = { input, share };
    return element("section", {}, element("h3", { textContent: "With a colleague" }), row(input, names, button("Share", share)));
  }

  _byLink() {
    const lasting = LASTING.map(([seconds, label]) => element("option", { textContent: label, value: seconds }));
    const choice = element("select", { ariaLabel: "How long the link is good", className: "jp-mod-styled" }, ...lasting);
    choice.value = LASTING[1][0];
    const make = async () => {
      const made = await this._ask("POST", "/links", { seconds: Number(choice.value) }).catch((error) => error);
      this._link = made instanceof Error ? null : made;
      await this.show(made instanceof Error ? made.message : "");
    };
    const section = element(
      "section",
      {},
      element("h3", { textContent: "By a link" }),
      row(element("span", { textContent: "Lets in whoever has it and an account here, for" }), choice, button("Create link", make)),
    );
    if (this._link) {
      section.append(...this._made(this._link));
    }
    return section;
  }

  _made(link) {
    const address = element("input", { ariaLabel: "Link", className: "jp-mod-styled", readOnly: true, type: "text" });
    address.value = new URL(link.path, window.location.origin).href;
    const copy = button("Copy", async () => {
      address.select();
      // Browsers have no clipboard where the page came without TLS.
      await (navigator.clipboard?.writeText(address.value) ?? document.execCommand("copy"));
      copy.textContent = "Copied";
    });
    const until = `Good until ${time(link.expires)}. It is shown only now.`;
    return [row(address, copy), element("p", { className: "hepnb-share-faint", textContent: until })];
  }

  _who(people, links) {
    const rows = people.map(({ name, since }) =>
      row(
        element("span", {}, element("strong", { textContent: name }), ` since ${time(since)}`),
        button("Revoke", () => this._revoke(name), "jp-mod-warn"),
      ),
    );
    for (const { id, expires, used } of links) {
      const often = ["not used yet", "used once"][used] ?? `used ${used} times`;
      const said = `A link, good until ${time(expires)}, ${often}`;
      rows.push(row(element("span", { textContent: said }), button("Remove", () => this._remove(id), "jp-mod-warn")));
    }
    const nobody = element("p", { className: "hepnb-share-faint", textContent: "Nobody but you." });
    return element("section", {}, element("h3", { textContent: "Who may enter" }), ...(rows.length ? rows : [nobody]));
  }

  async _revoke(name) {
    this._link = null; // every link ends with an access
    await this._change("DELETE", `/people?name=${encodeURIComponent(name)}`);
  }

  async _remove(id) {
    this._link = this._link?.id === id ? null : this._link;
    await this._change("DELETE", `/links?id=${encodeURIComponent(id)}`);
  }
}

// The dialog, for the owner of a shared server, the owner of another one, and a guest.
async function dialog({ Dialog, showDialog, showErrorMessage, Widget, hub, ask }) {
  const close = Dialog.okButton({ label: "Close" });
  let told;
  try {
    told = await ask();
  } catch (error) {
    await showErrorMessage("Share", error.message);
    return;
  }
  if (!told.is_owner) {
    await showDialog({ title: "Share", body: `This is the server of ${told.owner}, ${NOT_YOURS}`, buttons: [close] });
  } else if (!told.shared) {
    const panel = Dialog.okButton({ label: "Hub Control Panel" });
    const answer = await showDialog({ title: "Share", body: ALONE, buttons: [Dialog.cancelButton(), panel] });
    if (answer.button.accept) {
      window.open(hub, "_blank", "noopener");
    }
  } else {
    const shares = new Shares(ask);
    await shares.show();
    window.addEventListener("keydown", shares, true);
    await showDialog({ title: "Share this server", body: new Widget({ node: shares.node }), buttons: [close] });
    window.removeEventListener("keydown", shares, true);
  }
}

/**
 * The plugin of JupyterLab.
 *
 * @param lab - gives a module of JupyterLab's own by its name.
 */
export async function sharing(lab) {
  const { Dialog, ICommandPalette, showDialog, showErrorMessage } = await lab("@jupyterlab/apputils");
  const { PageConfig, URLExt } = await lab("@jupyterlab/coreutils");
  const { IMainMenu } = await lab("@jupyterlab/mainmenu");
  const { ServerConnection } = await lab("@jupyterlab/services");
  const { Widget } = await lab("@lumino/widgets");

  return {
    id: "hepnb:share",
    description: "Lets the owner of a server say who may enter it.",
    autoStart: true,
    optional: [IMainMenu, ICommandPalette],
    activate: (app, menu, palette) => {
      const prefix = PageConfig.getOption("hubPrefix");
      if (!prefix) {
        return; // there is no hub to share by
      }
      const hub = URLExt.join(PageConfig.getOption("hubHost") || "/", prefix, "home");
      const ask = asker({ ServerConnection, URLExt });
      app.commands.addCommand(COMMAND, {
        label: "Share…",
        caption: "Say who else may enter this server",
        execute: () => dialog({ Dialog, showDialog, showErrorMessage, Widget, hub, ask }),
      });
      menu?.fileMenu.addGroup([{ command: COMMAND }], MENU_RANK);
      palette?.addItem({ command: COMMAND, category: "Hub" });
      const node = element("div", {}, button("Share", () => app.commands.execute(COMMAND), ""));
      const widget = Object.assign(new Widget({ node }), { id: "hepnb-share-button" });
      document.head.append(element("style", { textContent: STYLE }));
      app.shell.add(widget, "top", { rank: BUTTON_RANK });
    },
  };
}

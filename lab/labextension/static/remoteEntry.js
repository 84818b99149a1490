// What does JupyterLab do on this platform that it does not do elsewhere?
//
// Written as JupyterLab loads it, without a build: a container of webpack's module federation (init, get) with one module.

(() => {
  "use strict";

  // Both names are agreed with Python: hepnb.cluster.names and hepnb.server.deaths.
  const NAME = "hepnb";
  const KERNEL_DEATH = "https://hepnb.invalid/kernel_death";

  const LOGIN = new URL("login.js", document.currentScript.src);
  const SHARING = new URL("share.js", document.currentScript.src);

  let shared = {};

  // A module of JupyterLab's own, of the version that it runs.
  async function lab(name) {
    const versions = Object.values(shared[name]);
    const loaded = versions.find((one) => one.loaded) ?? versions[0];
    return (await loaded.get())();
  }

  // The comm "hepnb" of a notebook's kernel: {"action": "remember", "choice": {...}} goes into the notebook's metadata.
  function listen(panel, kernel) {
    kernel.registerCommTarget(NAME, (comm, opened) => {
      const take = ({ content: { data }, parent_header: asked }) => {
        // Every page with this kernel hears the message, and only the one in which the user clicked may write.
        const ours = !asked?.session || asked.session === kernel.clientId;
        if (ours && data?.action === "remember") {
          panel.content.model?.setMetadata(NAME, data.choice);
          void panel.context.save();
        }
      };
      comm.onMsg = take;
      take(opened);
    });
  }

  async function plugins() {
    const { INotebookTracker } = await lab("@jupyterlab/notebook");
    const { Notification } = await lab("@jupyterlab/apputils");

    const choices = {
      id: `${NAME}:choices`,
      description: "Writes a kernel's choice of Spark into its notebook.",
      autoStart: true,
      requires: [INotebookTracker],
      activate: (_app, notebooks) => {
        notebooks.widgetAdded.connect((_sender, panel) => {
          const { sessionContext } = panel;
          sessionContext.kernelChanged.connect((_context, { newValue }) => newValue && listen(panel, newValue));
          if (sessionContext.session?.kernel) {
            listen(panel, sessionContext.session.kernel);
          }
        });
      },
    };

    const deaths = {
      id: `${NAME}:deaths`,
      description: "Says when a kernel died while no cell was running.",
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, notebooks) => {
        app.serviceManager.events.stream.connect((_sender, event) => {
          if (event.schema_id === KERNEL_DEATH) {
            const panel = notebooks.find((one) => one.sessionContext.session?.kernel?.id === event.kernel_id);
            const where = panel ? `${panel.title.label}: ` : "";
            Notification.error(where + event.sentence, { autoClose: false });
          }
        });
      },
    };

    const { login } = await import(LOGIN);
    const { sharing } = await import(SHARING);
    return [choices, deaths, await login(lab), await sharing(lab)];
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = {
    init: (sharedScope) => {
      shared = sharedScope;
    },
    get: async () => {
      const found = await plugins();
      return () => found;
    },
  };
})();

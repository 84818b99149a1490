// How does a page that stayed open get back into a server that was started again?
//
// The hub ends all logins to a server when it stops. What was typed meanwhile is in the page alone, so that it must not
// be loaded anew: documents reconnect by themselves as soon as the browser has a new cookie.

const PAUSE = 2000; // [ms]
const OFTEN = 5000; // [ms] JupyterLab itself does not notice a server that was away for a moment
const SENTENCE = "This server was started again and does not know you yet. Log in: what you typed here is kept and will be sent.";

const wait = (time) => new Promise((done) => setTimeout(done, time));

/**
 * The plugin of JupyterLab.
 *
 * @param lab - gives a module of JupyterLab's own by its name.
 */
export async function login(lab) {
  const { Notification } = await lab("@jupyterlab/apputils");
  const { PageConfig, URLExt } = await lab("@jupyterlab/coreutils");
  const { ServerConnection } = await lab("@jupyterlab/services");
  const settings = ServerConnection.makeSettings();
  const page = URLExt.join(settings.baseUrl, "lab");

  async function status() {
    // A page that is only open does not keep its server from being stopped.
    const address = URLExt.join(settings.baseUrl, "api/me") + "?no_track_activity=1";
    return (await ServerConnection.makeRequest(address, {}, settings).catch(() => null))?.status;
  }

  async function back() {
    let asked = false;
    let notice = "";
    for (let answer; answer !== 200; answer = await status()) {
      await wait(PAUSE);
      if (answer === 403 && !asked) {
        asked = true;
        await fetch(page).catch(() => null); // an owner is let in without a question
      } else if (answer === 403 && !notice) {
        const action = { label: "Log in", callback: () => void window.open(page, "_blank", "noopener") };
        notice = Notification.warning(SENTENCE, { autoClose: false, actions: [action] });
      }
    }
    if (notice) {
      Notification.dismiss(notice);
    }
  }

  return {
    id: "hepnb:login",
    description: "Logs a page in again when its server was stopped and started.",
    autoStart: true,
    activate: (app) => {
      if (!PageConfig.getOption("hubPrefix")) {
        return; // nobody logs in by a hub
      }
      let looking = false;
      const look = async () => {
        if (!looking) {
          looking = true;
          await back();
          looking = false;
        }
      };
      app.serviceManager.connectionFailure.connect(look);
      setInterval(async () => void (looking || (await status()) === 200 || look()), OFTEN);
    },
  };
}

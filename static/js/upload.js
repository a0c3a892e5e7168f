// Sends a form that holds a file while showing how far it is; then shows the page that answers, as the browser would.

const size = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 1 });

for (const field of document.querySelectorAll("[data-upload]")) {
  const form = field.closest("form");
  const progress = field.querySelector("[data-progress]");
  if (!form || form.dataset.sends) continue;
  form.dataset.sends = "yes";
  form.addEventListener("submit", (event) => {
    const chosen = field.querySelector("input[type=file]").files;
    if (!chosen.length || event.defaultPrevented) return;
    event.preventDefault();
    const bar = progress.querySelector("progress");
    const words = progress.querySelector("[data-words]");
    const sending = new XMLHttpRequest();
    progress.hidden = false;
    words.textContent = "Envoi en cours…";
    sending.upload.addEventListener("progress", (step) => {
      if (!step.lengthComputable) return;
      bar.value = (step.loaded / step.total) * 100;
      words.textContent = `${size.format(step.loaded / 1048576)} Mo sur ${size.format(step.total / 1048576)} Mo`;
    });
    sending.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      words.textContent = "Fichier reçu. Lecture en cours…";
    });
    sending.addEventListener("load", () => {
      // A redirect was followed: go where it led. Otherwise the answer takes the place of this page's content.
      if (sending.responseURL !== form.action) return location.assign(sending.responseURL);
      const answer = new DOMParser().parseFromString(sending.responseText, "text/html").querySelector("main");
      if (!answer) return failed();
      document.querySelector("main").replaceWith(document.adoptNode(answer));
      (answer.querySelector("[data-focus]") ?? answer).focus();
    });
    const failed = () => {
      progress.hidden = false;
      bar.value = 0;
      words.textContent = "L’envoi n’a pas abouti. Vérifiez votre connexion, puis recommencez.";
    };
    sending.addEventListener("error", failed);
    const body = new FormData(form);
    if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
    sending.open("POST", form.action);
    sending.send(body);
  });
}

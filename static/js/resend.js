// Counts down before a code may be asked for again.

for (const form of document.querySelectorAll("[data-resend]")) {
  const words = form.querySelector("[data-words]");
  const button = form.querySelector("button");
  const until = Date.now() + Number(form.dataset.resend) * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    words.textContent = left > 0 ? `Possible dans ${left} seconde${left > 1 ? "s" : ""}` : "";
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
}

// Follows an upload: moves the bar, then shows the report. Without this file a link on the page asks again.

for (const box of document.querySelectorAll("[data-follow]")) {
  const bar = box.querySelector("progress");
  const words = box.querySelector(".hint");
  words?.setAttribute("role", "status");
  const look = async () => {
    try {
      const answer = await fetch(box.dataset.follow, { headers: { accept: "application/json" } });
      if (!answer.ok) return location.reload();
      const upload = await answer.json();
      bar.value = upload.percent;
      bar.textContent = upload.words;
      if (words) words.textContent = upload.words;
      if (!upload.running) return location.reload();
    } catch {
      // The network is away for a moment: ask again.
    }
    setTimeout(look, 600);
  };
  setTimeout(look, 300);
}

// After a sign-out: each app closes what it holds in a frame of its own, then the browser goes back to the app that
// asked. The page is loaded when its frames are; one that does not answer is waited for three seconds. Without this
// script the button of the page leads there.
const leave = () => location.replace(document.getElementById("leave").dataset.to);
if (document.readyState === "complete") leave();
else addEventListener("load", leave, { once: true });
setTimeout(leave, 3000);

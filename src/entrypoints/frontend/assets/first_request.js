// Notices the first request of an organisation, and shows the page anew.
const step = document.querySelector("[data-first-request]");
const SECONDS = 3;

const look = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch(step.dataset.firstRequest);
      if (answer.ok && (await answer.json()).is_there) {
        location.reload();
        return;
      }
    } catch { /* the next look may succeed */ }
  }
  setTimeout(look, SECONDS * 1000);
};
if (step) setTimeout(look, SECONDS * 1000);

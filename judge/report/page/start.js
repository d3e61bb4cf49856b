"use strict";
// What stands above was painted before the data is read.
requestAnimationFrame(() =>
  setTimeout(() =>
    app.start().catch((error) => {
      document.getElementById("count").textContent = `The list could not be shown: ${error.message}`;
      console.error(error);
    }),
  ),
);

"""The review page's server: a local web app, who may speak to it, and where decisions are kept."""

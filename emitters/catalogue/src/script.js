(function () {
  "use strict";
  var get = function (id) { return document.getElementById(id); };
  var search = get("search"), tier = get("tier"), category = get("category"), runs = get("runs");
  var all = Array.prototype.slice.call(document.querySelectorAll(".blueprint"));
  var parts = Array.prototype.slice.call(document.querySelectorAll("main section"));

  // Every word that is typed must occur; an empty choice takes all.
  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    all.forEach(function (it) {
      var fits = words.every(function (word) { return it.dataset.words.indexOf(word) >= 0; })
        && (!tier.value || it.dataset.tier === tier.value)
        && (!category.value || it.dataset.category === category.value)
        && (!runs.checked || "runs" in it.dataset);
      it.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    parts.forEach(function (part) { part.hidden = !part.querySelector(".blueprint:not([hidden])"); });
    get("none").hidden = shown > 0;
    get("count").textContent = shown + (shown === 1 ? " Blueprint" : " Blueprints");
  }

  // Opens the Blueprint that the address names, whatever the filters say.
  function follow() {
    var it = get(decodeURIComponent(location.hash.slice(1)));
    if (!it || !it.classList.contains("blueprint")) return;
    if (it.hidden) {
      document.querySelector("form").reset();
      filter();
    }
    it.open = true;
    it.scrollIntoView();
    it.querySelector("summary").focus();
  }

  document.querySelector("form").hidden = false;
  document.querySelector("form").addEventListener("submit", function (event) { event.preventDefault(); });
  [search, tier, category, runs].forEach(function (it) { it.addEventListener("input", filter); });
  window.addEventListener("hashchange", follow);
  filter();
  follow();
})();

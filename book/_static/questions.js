// The questions on the pages of exercises. They say the same as `check` says in the notebook: what
// they say is made by book/_ext/exercise_pages.py from the same exercises.

/** The numbers of a typed answer, read as `numbers_in` of lecturekit/check/question.py reads them. */
function numbersIn(text) {
  const plain = text.normalize("NFKC").replaceAll("−", "-").replaceAll("_", "").replace(/(?<=\d),(?=\d{3}(?!\d))/g, "");
  const pieces = plain.split(/[\s,;x×()[\]]+/).filter(Boolean);
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  return pieces.every((piece) => number.test(piece)) ? pieces.map(Number) : [];
}

/** A typed answer as one of the right kind, or null. */
function read(question, text) {
  const numbers = numbersIn(text);
  if (Array.isArray(question.right)) {
    const fits = numbers.length === question.right.length && numbers.every(Number.isInteger);
    return fits ? numbers : null;
  }
  return numbers.length === 1 ? numbers[0] : null;
}

function same(answer, other, tolerance) {
  if (Array.isArray(other)) return other.every((number, i) => number === answer[i]);
  if (tolerance > 0) return Math.abs(answer - other) <= tolerance * Math.abs(other);
  return answer === other;
}

/** What is said about an answer: whether it is right, and why. */
function judge(question, answer) {
  if (answer === null) return [false, `Expected ${question.wanted}.`];
  if (same(answer, question.right, question.tolerance)) return [true, question.why];
  const known = question.mistakes.find((one) => same(answer, one.answer, question.tolerance));
  return [false, known ? known.says : `${question.otherwise} The hints below help.`];
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Fields for an answer, and a function that reads it. */
function fields(question) {
  const keys = Object.keys(question.choices);
  if (keys.length === 0) {
    const input = element("input", { type: "text", autocomplete: "off", className: "lk-answer" });
    const label = element("label", {}, "Your answer ", input);
    return [label, () => (input.value.trim() ? read(question, input.value) : undefined)];
  }
  const name = `answer-${question.name}`;
  const choices = keys.map((value) =>
    element(
      "label",
      { className: "lk-choice" },
      element("input", { type: "radio", name, value }),
      element("span", { innerHTML: `<strong>${value}</strong> ${question.choices[value]}` }),
    ),
  );
  const group = element("fieldset", {}, element("legend", {}, "Your answer"), ...choices);
  return [group, () => group.querySelector("input:checked")?.value];
}

function show(place) {
  const question = JSON.parse(place.dataset.question);
  const [answers, given] = fields(question);
  const said = element("p", { className: "lk-said" });
  said.setAttribute("role", "status");
  const button = element("button", { type: "submit", className: "lk-submit" }, "Check");
  const form = element("form", {}, answers, button, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = given();
    if (answer === undefined) {
      said.className = "lk-said";
      said.textContent = "Give an answer first.";
      return;
    }
    const [right, why] = judge(question, answer);
    said.className = right ? "lk-said lk-right" : "lk-said lk-not-yet";
    said.innerHTML = `<strong>${right ? "✓ Right." : "→ Not yet."}</strong> ${why}`;
  });
  form.addEventListener("input", () => {
    said.className = "lk-said";
    said.textContent = "";
  });
  place.append(form);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".lk-question").forEach(show);
});

// Reads {messages: [...], host} from standard input; writes a list of null (accepted) or why not.
"use strict";
const Validator = require("../vendor/sns-validator");
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const validator = new Validator(new RegExp(input.host));
const check = (message) => new Promise((done) => validator.validate(message, (error) => done(error ? error.message : null)));
Promise.all(input.messages.map(check)).then((verdicts) => process.stdout.write(JSON.stringify(verdicts)));

// The noun in one place: what a customer says back, and every verb. Each part has its own file.
export {
  find,
  LeaveReason,
  mostLeavingWords,
  mostRatingWords,
  Response,
  ResponseState,
  responseIdOf,
  Stars,
} from "./responses/record.ts";
export { leave, left, rate, stay } from "./responses/say.ts";

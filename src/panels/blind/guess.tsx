import classes from './blind.module.css';

/** In the form's place, while a class guesses. */
export default function Guess() {
  return (
    <div className={classes.guess}>
      <h3>Guess what is wrong here</h3>
      <p>
        Somebody has hidden what this recipe does; perhaps nothing is wrong at all. Press Run and watch: the
        losses, the held-out accuracy, the answers, and the verdict at the end. Only names and settings are
        left out.
      </p>
      <p>“Reveal”, over the pictures, says what it was.</p>
    </div>
  );
}

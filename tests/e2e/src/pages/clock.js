// The clock of every tab, put ahead by what a scenario has stored. Before all other scripts: one of
// them may take the store away.
{
  const { localStorage } = window;
  const now = Date.now.bind(Date);
  Date.now = () => now() + Number(localStorage.getItem("test.ahead"));
}

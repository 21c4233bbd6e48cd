export default function Private() {
  return <p id="private">private</p>;
}
